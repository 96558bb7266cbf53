"""Training of the garment finder: scenes, canvases, losses, the loop and the export."""
