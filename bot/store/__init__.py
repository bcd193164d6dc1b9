"""SQL holds everything: tables, encryption, and the transactions that change them."""
