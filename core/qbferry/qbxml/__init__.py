"""qbXML: writing requests, checking them, reading answers. The only room that knows lxml and Jinja2."""
