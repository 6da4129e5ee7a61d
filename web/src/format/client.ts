/** Client is a user agent's name and version as people say them. */
export interface Client {
	name: string;
	version: string;
}

/** The Lync dialect's clients all name themselves UCCAPI or OC; the version tells the product. */
const lyncProducts: Record<string, string> = {
	"2": "Communicator 2007",
	"3": "Communicator 2007 R2",
	"4": "Lync 2010",
	"15": "Lync 2013",
	"16": "Skype for Business",
};

const known: [RegExp, string][] = [
	[/\bSipe\/([\d.]+)/i, "Pidgin SIPE"],
	[/^Linphone[^/]*\/([\w.-]+)/i, "Linphone"],
	[/^baresip[ /]v?([\d.]+)/i, "baresip"],
	[/^parley-probe\/([\w.-]+)/i, "Parley probe"],
];

export function clientOf(userAgent: string): Client {
	for (const [pattern, name] of known) {
		const version = pattern.exec(userAgent)?.[1];
		if (version) return { name, version };
	}
	const lync = /\b(?:UCCAPI|OC)\/((\d+)\.[\d.]+)/.exec(userAgent);
	const product = lync?.[2] && lyncProducts[lync[2]];
	if (lync?.[1] && product) return { name: product, version: lync[1] };
	const [, name, version] = /^([^/()]+)\/([\w.-]+)/.exec(userAgent) ?? [];
	if (name && version) return { name: name.trim(), version };
	return { name: userAgent || "Unknown client", version: "" };
}
