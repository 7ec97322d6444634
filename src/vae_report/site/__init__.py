"""What MkDocs needs from this report: its numbers, figures and mathematics, and its notebook."""
