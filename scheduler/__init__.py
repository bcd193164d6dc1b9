"""The clockwork: the only package that imports APScheduler. It ticks; what is due lies in SQL."""

from scheduler.ticking import Job, Scheduler

__all__ = ["Job", "Scheduler"]
