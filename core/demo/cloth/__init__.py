"""What garments are made of: fabrics, motifs, prints, embroidery."""
