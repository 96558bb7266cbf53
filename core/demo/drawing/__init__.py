"""What drawings are made of: curves, colours, noise, shapes, light and shade."""
