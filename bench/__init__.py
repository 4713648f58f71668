"""What Trunkline costs, measured on the machine at hand: `python -m bench`.

The real control plane and the helm program are those of the tests.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))
