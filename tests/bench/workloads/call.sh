ABOUT="INVITE, 180, 200, ACK, BYE, 200 between registered users along the recorded route"
GOAL=">= 2.5"
LOAD="-m call -n $USERS -c 64 -w 32"
PARLEY_SETTINGS="[frontend]
udp_auth = flow"
