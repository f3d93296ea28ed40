ABOUT="250 members join one meeting within 10 seconds, and one message reaches all"
SERVERS=parley
USERS=250
OVER=tls
LOAD="-m join-storm -M 250 -d 10 -c 250 -w 64"
FRESH=yes
