"""Points and their true charts: curves, surfaces, pictures, your own files, and how many dimensions a cloud fills."""
