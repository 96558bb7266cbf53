"""Words of a catalogue's own in a search: what they mean there, and how they move a query."""
