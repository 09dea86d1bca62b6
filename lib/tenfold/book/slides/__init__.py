"""Slides: a deck of reveal.js for each chapter, written from its executed copy."""
