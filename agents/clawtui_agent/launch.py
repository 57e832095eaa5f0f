"""Starts the agent from the folder it was installed in: `python3 -I -S FOLDER/clawtui_agent/launch.py run --config …`.

`-I` keeps the environment and the user's packages out, `-S` the site's; psutil lies beside the package, in the same FOLDER.
"""

import os
import sys

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[0:1] = [os.path.dirname(here)]  # with -I there is no script folder in front
    from clawtui_agent.__main__ import main

    sys.exit(main())
