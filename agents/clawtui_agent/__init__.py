"""What runs on every host: samples once a second, keeps them in rings, hands them out on a unix socket; judges nothing."""

VERSION = "0.1.0"
PROTOCOL = 1
