"""Planned sequences: two or three troubles after one another, and the books compared at the end.

A trial happens in this process: the server answers real SOAP texts, the Web Connector and QuickBooks are the
simulator's, the company file is in memory. Nothing is killed here; the other part of the proof does that.
"""
