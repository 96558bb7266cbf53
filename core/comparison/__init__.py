"""Methods beside each other: their hits, people's votes on them, and how they hold under alterations."""
