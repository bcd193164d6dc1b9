"""Who may do what. A member of staff has one role or more; what they may do is the sum of them.

The split follows the access roles that data protection asks for (PRV-18): case workers see the women of
their own centre or country, analysts see no name and no address, administrators see no content at all.
"""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a page or an action needs."""

    SEE_OVERVIEW = "see_overview"
    """counts, results, programme, questionnaires: nothing about one person"""
    SEE_PEOPLE = "see_people"
    """pages of single women, under their random id, without personal data"""
    READ_IDENTITY = "read_identity"
    """name and addresses, after a reason"""
    READ_CONTENT = "read_content"
    """messages and free text, after a reason"""
    READ_RESTRICTED = "read_restricted"
    """the safe block and safe contact, after a reason; only the focal point"""
    WORK_CASES = "work_cases"
    """hand-overs, referrals, data requests, set-aside messages"""
    BROADCAST = "broadcast"
    """write notices to many women, and approve a colleague's"""
    REVIEW = "review"
    PUBLISH = "publish"
    EXPORT = "export"
    EXPORT_IDENTIFIED = "export_identified"
    ADMINISTER = "administer"
    """staff and the two logs"""


ROLES: dict[str, frozenset[Permission]] = {
    "viewer": frozenset({Permission.SEE_OVERVIEW}),
    "case_worker": frozenset(
        {
            Permission.SEE_OVERVIEW,
            Permission.SEE_PEOPLE,
            Permission.READ_IDENTITY,
            Permission.READ_CONTENT,
            Permission.WORK_CASES,
            Permission.BROADCAST,
            Permission.REVIEW,
            Permission.EXPORT,
            Permission.EXPORT_IDENTIFIED,
        }
    ),
    "analyst": frozenset(
        {
            Permission.SEE_OVERVIEW,
            Permission.SEE_PEOPLE,
            Permission.READ_CONTENT,
            Permission.REVIEW,
            Permission.PUBLISH,
            Permission.EXPORT,
        }
    ),
    "admin": frozenset(
        {
            Permission.SEE_OVERVIEW,
            Permission.BROADCAST,
            Permission.PUBLISH,
            Permission.EXPORT,
            Permission.ADMINISTER,
        }
    ),
}


def permissions(roles: frozenset[str], *, focal_point: bool) -> frozenset[Permission]:
    """Everything that these roles allow. A focal point must be a case worker to see anything restricted."""
    allowed: frozenset[Permission] = frozenset().union(*(ROLES[role] for role in roles))
    if focal_point and "case_worker" in roles:
        allowed |= {Permission.READ_RESTRICTED}
    return allowed
