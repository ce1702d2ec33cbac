"""Models are opened one at a time.

While they open one, torch and transformers set a device and a way to begin weights for the whole process, so that of two models that
are opened at once one may be left without its weights.
"""

import threading

ONE_AT_A_TIME = threading.RLock()  # the library's state is the process's, so this is as well
