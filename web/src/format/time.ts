const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** duration is a length of time for people: 0:07, 3:04, 1:02:45. */
export function duration(seconds: number): string {
	const s = Math.max(0, Math.round(seconds));
	const two = (n: number) => String(n).padStart(2, "0");
	const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
	return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** span is a length of time in its largest unit: 200 ms, 12 s, 7 min, 3 h, 5 days. */
export function span(milliseconds: number): string {
	const ms = Math.max(0, milliseconds);
	if (ms < second) return `${Math.round(ms)} ms`;
	if (ms < minute) return `${Math.round(ms / second)} s`;
	if (ms < hour) return `${Math.round(ms / minute)} min`;
	if (ms < 2 * day) return `${Math.round(ms / hour)} h`;
	return `${Math.round(ms / day)} days`;
}

/** ago tells how long before now something was. */
export function ago(time: string, now = Date.now()): string {
	const ms = now - Date.parse(time);
	return ms < 5 * second ? "just now" : `${span(ms)} ago`;
}

/** until tells how long something still lasts. */
export function until(time: string, now = Date.now()): string {
	const ms = Date.parse(time) - now;
	return ms <= 0 ? "due" : `in ${span(ms)}`;
}

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const secondsFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dateFormat = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export const clock = (time: string) => clockFormat.format(new Date(time));
export const clockSeconds = (time: string) => secondsFormat.format(new Date(time));
export const date = (time: string) => dateFormat.format(new Date(time));
export const full = (time: string) => fullFormat.format(new Date(time));

/** moment is a time as short as it is clear today: the clock, and the date before it on other days. */
export function moment(time: string, now = new Date()): string {
	const t = new Date(time);
	return t.toDateString() === now.toDateString() ? clock(time) : `${date(time)}, ${clock(time)}`;
}
