"""What keeps the book alive: licences and bill of materials of its packages, trials with newer versions."""
