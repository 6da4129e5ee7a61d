/*
 * Shows Pidgin's contacts and their presence with Debian 12's libxml2 2.9.14+dfsg-1.3~deb12u4 to u6.
 *
 * That libxml2 does not call the startElement and endElement of a handler that says it is of the second generation, which
 * is what pidgin-sipe 1.25.0 hands over: it then takes every document for an empty one. Handlers of that kind are marked
 * here as what they are, of the first generation.
 *
 *	apt-get install gcc libc6-dev libxml2-dev
 *	cc -shared -fPIC -I/usr/include/libxml2 -o contacts.so contacts.c
 *	LD_PRELOAD=$PWD/contacts.so pidgin
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <libxml/parser.h>

int xmlSAXUserParseMemory(xmlSAXHandlerPtr handler, void *data, const char *text, int size)
{
	int (*next)(xmlSAXHandlerPtr, void *, const char *, int) = dlsym(RTLD_NEXT, "xmlSAXUserParseMemory");
	if (handler && handler->initialized == XML_SAX2_MAGIC && handler->startElement && !handler->startElementNs)
		handler->initialized = 1;
	return next(handler, data, text, size);
}
