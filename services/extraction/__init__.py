"""From a report's text to drafts of claims, each with the words it rests on."""
