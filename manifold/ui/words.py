"""The short words on buttons and labels that several pages share; prose stands in text/."""

WORDS = {"play": "Play", "pause": "Pause", "width": "Channels n"}
