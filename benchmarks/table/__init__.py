"""The table of what is quick and light: each line measured beside the reference that it is compared with."""
