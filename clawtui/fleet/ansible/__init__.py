"""The parts of reading an Ansible inventory; `inventory/ansible.py` makes hosts of what they find."""
