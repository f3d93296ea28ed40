ABOUT="memory of 1,000 meetings of 5 members each, at rest"
SERVERS=parley
USERS=5000
OVER=tls
LOAD="-m rooms-memory -M 5 -r 1000 -c 64 -w 64"
FRESH=yes
