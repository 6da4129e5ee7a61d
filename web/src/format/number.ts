/** none stands where nothing was measured. */
export const none = "–";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function count(n: number | null): string {
	return n === null ? none : whole.format(n);
}

/** percent shows a share with as many digits as it deserves: 0.04 %, 2.6 %, 34 %. */
export function percent(value: number | null): string {
	if (value === null) return none;
	const digits = value === 0 || Math.abs(value) >= 10 ? 0 : Math.abs(value) >= 0.1 ? 1 : 2;
	return `${value.toFixed(digits)} %`;
}

export function bytes(n: number): string {
	const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
	let i = 0;
	let size = n;
	while (size >= 1024 && i < units.length - 1) {
		size /= 1024;
		i++;
	}
	return `${i === 0 || size >= 100 ? size.toFixed(0) : size.toFixed(1)} ${units[i]}`;
}

export function mos(value: number | null): string {
	return value === null ? none : value.toFixed(2);
}

/** Satisfaction of the listeners by mean opinion score: ITU-T G.107 annex B, table B.1. */
export function satisfaction(value: number): string {
	if (value >= 4.34) return "very satisfied";
	if (value >= 4.03) return "satisfied";
	if (value >= 3.6) return "some users dissatisfied";
	if (value >= 3.1) return "many users dissatisfied";
	if (value >= 2.58) return "nearly all users dissatisfied";
	return "not recommended";
}

/** measure shows a metric's value in its unit. Ratios are shown in per cent. */
export function measure(value: number | null, unit: string): string {
	if (value === null) return none;
	switch (unit) {
		case "ratio":
			return percent(value * 100);
		case "%":
			return percent(value);
		case "ms":
			return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(value >= 100 ? 0 : 1)} ms`;
		case "MOS":
			return value.toFixed(2);
		case "R":
			return value.toFixed(1);
		case "bit/s":
			return value >= 1e6 ? `${(value / 1e6).toFixed(2)} Mbit/s` : `${(value / 1e3).toFixed(1)} kbit/s`;
		case "":
		case "count":
			return Number.isInteger(value) ? count(value) : value.toFixed(2);
		default:
			return `${value.toFixed(1)} ${unit}`;
	}
}

/** plural is a count with its noun: 1 call, 2 calls. */
export function plural(n: number, noun: string, many = `${noun}s`): string {
	return `${count(n)} ${n === 1 ? noun : many}`;
}
