import { SearchBox } from "@fluentui/react-components";
import { PeopleRegular, PersonSearchRegular } from "@fluentui/react-icons";
import { useDeferredValue, useState } from "react";
import type { Endpoint, Person } from "../api/client";
import { usePeople } from "../api/queries";
import { clientOf } from "../format/client";
import { plural } from "../format/number";
import { presenceOf } from "../format/presence";
import { full, until } from "../format/time";
import { Card } from "../parts/card";
import { Page } from "../parts/page";
import { PersonLine } from "../parts/party";
import { Empty, Failure, Loading } from "../parts/state";
import table from "../parts/table.module.css";
import { DialectBadge } from "../parts/verdict";
import { callsHref } from "../route";
import css from "./people.module.css";

export function PeoplePage() {
	const [text, setText] = useState("");
	const search = useDeferredValue(text.trim());
	const people = usePeople(search);
	return (
		<Page
			title="People"
			note="Who is signed in now, with which client"
			controls={
				<SearchBox
					className={css.search ?? ""}
					placeholder="Search by name or address"
					aria-label="Search by name or address"
					value={text}
					onChange={(_, data) => setText(data.value)}
				/>
			}
		>
			{people.isPending ? (
				<Loading label="Asking who is signed in" />
			) : people.isError ? (
				<Failure error={people.error} onRetry={() => void people.refetch()} />
			) : (
				<List people={people.data.people} searched={search !== ""} />
			)}
		</Page>
	);
}

function List({ people, searched }: { people: Person[]; searched: boolean }) {
	const endpoints = people.reduce((sum, person) => sum + person.endpoints.length, 0);
	const title = `${plural(people.length, "person", "people")} with ${plural(endpoints, "client")}`;
	if (people.length === 0) {
		return (
			<Card title={searched ? "Nobody found" : "Nobody is signed in"}>
				{searched ? (
					<Empty icon={<PersonSearchRegular />} title="Nobody of this name is signed in">
						Only people who are signed in at present are found here. Their earlier calls are in the list of calls.
					</Empty>
				) : (
					<Empty icon={<PeopleRegular />} title="Nobody is signed in">
						Connect a client to this server: Pidgin with SIPE, a Lync client, baresip or Linphone. The README says how.
					</Empty>
				)}
			</Card>
		);
	}
	return (
		<Card title={title} flush>
			<div className={css.list}>
				<table className={table.table}>
					<thead>
						<tr>
							<th scope="col">Person</th>
							<th scope="col">Presence</th>
							<th scope="col">Clients</th>
							<th scope="col">Calls</th>
						</tr>
					</thead>
					<tbody>
						{people.map((person) => (
							<PersonRow person={person} key={person.user} />
						))}
					</tbody>
				</table>
			</div>
		</Card>
	);
}

function PersonRow({ person }: { person: Person }) {
	const shown = presenceOf(person.presence.availability, person.presence.activity);
	return (
		<tr>
			<td>
				<PersonLine
					name={person.displayName || person.user}
					more={person.user}
					size={40}
					badge={{ status: shown.status, ...(shown.label === "Out of office" && { outOfOffice: true }) }}
				/>
			</td>
			<td>
				<div>{shown.label}</div>
				{person.presence.note && <div className={css.note}>{person.presence.note}</div>}
			</td>
			<td>
				<ul className={css.endpoints}>
					{person.endpoints.map((endpoint) => (
						<EndpointLine endpoint={endpoint} key={endpoint.client + endpoint.address + endpoint.expires} />
					))}
				</ul>
			</td>
			<td>
				<a href={callsHref({ user: person.user })} aria-label={`Calls of ${person.displayName || person.user}`}>
					Calls
				</a>
			</td>
		</tr>
	);
}

function EndpointLine({ endpoint }: { endpoint: Endpoint }) {
	const client = clientOf(endpoint.client);
	const more = [client.version, endpoint.transport, endpoint.address].filter(Boolean).join(" · ");
	return (
		<li className={css.endpoint} title={endpoint.client}>
			<DialectBadge dialect={endpoint.dialect} />
			{client.name}
			<span className={table.quiet}>
				{more} ·{" "}
				<time dateTime={endpoint.expires} title={full(endpoint.expires)}>
					expires {until(endpoint.expires)}
				</time>
			</span>
		</li>
	);
}
