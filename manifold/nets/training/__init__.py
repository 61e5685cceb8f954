"""The one loop that trains, and what it trains: autoencoders, and layers that lift."""
