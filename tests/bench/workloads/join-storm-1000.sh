ABOUT="1,000 members join one meeting within 40 seconds, and one message reaches all"
SERVERS=parley
USERS=1000
OVER=tls
LOAD="-m join-storm -M 1000 -d 40 -c 1000 -w 64"
FRESH=yes
PARLEY_POLICY="MeetingSize=1000"
