"""What a notebook shows of a result: its words, tables and small pictures, in the notebook's own colours."""

from .in_words import InWords as InWords
from .kernel import in_notebook as in_notebook
