#include "c3p/c3p.h"
#include "tests/fuzz/roundtrip.h"

FUZZ_ROUNDTRIP(ply_conf_invite)
