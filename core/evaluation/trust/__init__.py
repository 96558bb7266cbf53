"""How far what a search says of a picture can be trusted, by pictures whose garment is known."""
