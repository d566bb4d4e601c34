"""How requests are taken and answered, whatever they ask for."""
