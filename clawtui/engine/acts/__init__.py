"""Acting verbs, one file each; the table is the only list of them."""
