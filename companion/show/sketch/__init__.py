"""Drawn pictures of her: one figure, many faces, in places that know the hour. Nothing is fetched and no model runs."""
