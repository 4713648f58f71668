"""Git: the program moves objects between repositories, pygit2 reads them.

A snapshot reads one commit's files from the object store, so any commit can be looked at beside
any other and no work tree is touched.
"""

from trunkline.edge.git.clone import mirror
from trunkline.edge.git.errors import GitError
from trunkline.edge.git.mirrors import Mirrors
from trunkline.edge.git.repository import Commit, Repository
from trunkline.edge.git.snapshot import GitSnapshot

__all__ = ["Commit", "GitError", "GitSnapshot", "Mirrors", "Repository", "mirror"]
