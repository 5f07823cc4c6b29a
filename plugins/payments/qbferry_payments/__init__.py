"""Customers' payments for QuickBooks: what is transferred, when, and how it reads in qbXML."""
