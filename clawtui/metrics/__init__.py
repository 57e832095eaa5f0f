"""Samples, series and histograms: numbers from hosts and what is made of them."""
