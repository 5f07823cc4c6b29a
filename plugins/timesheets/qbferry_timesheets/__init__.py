"""Timesheets for QuickBooks: who worked when for whom, as time entries on the weekly timesheet there."""
