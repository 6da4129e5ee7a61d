import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { follow, type Live } from "./live";

class Source {
	static readonly CLOSED = 2;
	static made: Source[] = [];
	readyState = 0;
	onopen = () => {};
	onerror = () => {};
	changed = (_: { data: string }) => {};
	close = vi.fn();

	constructor(readonly url: string) {
		Source.made.push(this);
	}

	addEventListener(name: string, listener: (event: { data: string }) => void) {
		if (name === "changed") this.changed = listener;
	}
}

beforeEach(() => {
	Source.made = [];
	vi.useFakeTimers();
	vi.stubGlobal("EventSource", Source);
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

it("asks again for what has changed, and opens a closed stream again", () => {
	const client = new QueryClient();
	const invalidated = vi.spyOn(client, "invalidateQueries").mockResolvedValue();
	const told: Live[] = [];
	const stop = follow(client, (live) => told.push(live));
	const [first] = Source.made;
	first?.onopen();
	first?.changed({ data: '{"topic":"people"}' });
	expect(invalidated).toHaveBeenCalledExactlyOnceWith({ queryKey: ["people"] });

	if (first) first.readyState = Source.CLOSED;
	first?.onerror();
	expect(told).toEqual(["live", "polling"]);
	vi.advanceTimersByTime(15_000);
	expect(Source.made).toHaveLength(2);

	// What changed in between was not told: everything but the session is asked for again.
	Source.made[1]?.onopen();
	const predicate = invalidated.mock.calls[1]?.[0]?.predicate;
	expect(predicate?.({ queryKey: ["calls"] } as never)).toBe(true);
	expect(predicate?.({ queryKey: ["session"] } as never)).toBe(false);
	stop();
	expect(Source.made[1]?.close).toHaveBeenCalled();
});
