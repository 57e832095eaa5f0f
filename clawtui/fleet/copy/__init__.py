"""Files and folders to and from hosts: by pieces over a login shell, checked by SHA-256, resumed where a line was cut."""
