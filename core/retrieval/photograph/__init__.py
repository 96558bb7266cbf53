"""What is done with a photograph before garments are looked for in it."""
