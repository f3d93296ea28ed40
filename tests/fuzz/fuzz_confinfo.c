#include "c3p/confinfo.h"
#include "tests/fuzz/roundtrip.h"

FUZZ_ROUNDTRIP(ply_ci)
