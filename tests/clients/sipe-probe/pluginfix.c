/*
 * Keep two features of the plugin working.
 *
 * The program's symbols come first when the plugin is linked at run time,
 * so the functions here stand in for those of the libraries. They do no
 * harm where the faults they are about are absent.
 *
 * XML:
 * The SIPE plugin hands libxml2 an old style (SAX1) handler whose
 * "initialized" member claims the new style (SAX2). libxml2 used to look at
 * which callbacks are set; releases with the fix of CVE-2023-39615 (Debian
 * 12's 2.9.14+dfsg-1.3~deb12u2 and later among them) look at that member
 * alone and then never call the plugin back: every document seems empty, so
 * that no contact, no presence and no provisioning data gets through. Here
 * a copy of the handler is corrected and given to the real function.
 *
 * File transfer: a sending plugin listens, and before each block looks
 * whether the receiver has cancelled, by a read() that is expected to fail
 * with EAGAIN. But on Linux a socket made by accept() blocks, whatever the
 * listening one does, and the transfer stops for good at its first block.
 * Here accept() makes a socket that does not block, if the listening socket
 * does not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <libxml/parser.h>

int xmlSAXUserParseMemory(xmlSAXHandlerPtr sax, void *user_data, const char *buffer, int size)
{
	typedef int (*Real)(xmlSAXHandlerPtr, void *, const char *, int);
	static Real real;
	xmlSAXHandler copy;

	if (!real)
		real = (Real)dlsym(RTLD_NEXT, "xmlSAXUserParseMemory");
	if (!real)
		return -1;
	if (sax && sax->initialized == XML_SAX2_MAGIC && sax->startElement &&
	    !sax->startElementNs && !sax->endElementNs) {
		copy = *sax;
		copy.initialized = 1;
		sax = &copy;
	}
	return real(sax, user_data, buffer, size);
}

int accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	int flags = fcntl(fd, F_GETFL, 0);
	return accept4(fd, addr, len, flags != -1 && (flags & O_NONBLOCK) ? SOCK_NONBLOCK : 0);
}
