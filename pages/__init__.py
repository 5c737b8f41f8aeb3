"""One module per screen: widgets and wording. Pages ask services/ for everything."""
