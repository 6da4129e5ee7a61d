import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Schema } from "./client";

/** Live tells whether the page is kept up to date: by events, or by asking every minute while they do not come. */
export type Live = "connecting" | "live" | "polling";

/** A closed stream is opened again after this time; an interrupted one is opened again by the browser itself. */
const reopenAfter = 15_000;

export function useLive(): Live {
	const client = useQueryClient();
	const [live, setLive] = useState<Live>("connecting");
	useEffect(() => follow(client, setLive), [client]);
	return live;
}

/** follow asks again for what the server says has changed, until the function that it returns is called. */
export function follow(client: QueryClient, tell: (live: Live) => void): () => void {
	let source: EventSource;
	let timer: ReturnType<typeof setTimeout> | undefined;
	let wasOpen = false;
	const open = () => {
		source = new EventSource("/api/v1/events");
		source.onopen = () => {
			tell("live");
			// What changed while there was no stream was not told.
			if (wasOpen) void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
			wasOpen = true;
		};
		source.onerror = () => {
			tell("polling");
			if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, reopenAfter);
		};
		source.addEventListener("changed", (event) => {
			const change = JSON.parse(event.data) as Schema["Change"];
			void client.invalidateQueries({ queryKey: [change.topic] });
		});
	};
	open();
	return () => {
		clearTimeout(timer);
		source.close();
	};
}
