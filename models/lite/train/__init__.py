"""What made the models of the pack `lite`: `python -m models.lite.train --help`, from the root of the checkout."""
