"""A QuickBooks to test against: a company file in SQLite, and a Web Connector that drives any server over HTTP.

Nothing of the server imports it, and of the server it uses only the qbXML schema data.
"""
