import { Avatar } from "@fluentui/react-components";
import type { CallDetails, Leg, Party, Stream } from "../api/client";
import { mediaLabel, nameOf, verdictLabel } from "../format/call";
import { clientOf } from "../format/client";
import { headline, mosOf } from "../format/metric";
import { mos } from "../format/number";
import mark from "../mark.svg";
import { DialectBadge } from "../parts/verdict";
import css from "./call.module.css";

/** CallPath draws the call as its media went: caller, server, callee, and each direction of each leg between them. */
export function CallPath({ details }: { details: CallDetails }) {
	const caller = details.legs.find((leg) => leg.role === "caller");
	const callee = details.legs.find((leg) => leg.role === "callee");
	return (
		<div className={css.path}>
			<End party={details.call.caller} />
			<Lanes leg={caller} toRight="from-endpoint" />
			<div className={css.node}>
				<div className={css.server}>
					<img src={mark} alt="" />
				</div>
				<div className={css.nodeName}>Parley</div>
			</div>
			<Lanes leg={callee} toRight="to-endpoint" />
			<End party={details.call.callee} />
		</div>
	);
}

function End({ party }: { party: Party }) {
	const client = clientOf(party.userAgent);
	return (
		<div className={css.node}>
			<Avatar name={nameOf(party)} color="colorful" size={56} aria-hidden />
			<div>
				<div className={css.nodeName}>{nameOf(party)}</div>
				<div className={css.nodeMore} title={party.userAgent}>
					<DialectBadge dialect={party.dialect} />
					{party.userAgent && `${client.name} ${client.version}`}
				</div>
			</div>
		</div>
	);
}

/** Lanes are a leg's streams: first what goes to the right, then what comes to the left. */
function Lanes({ leg, toRight }: { leg: Leg | undefined; toRight: Stream["direction"] }) {
	if (leg === undefined || leg.streams.length === 0) {
		return <div className={css.laneText}>No media was measured on this leg</div>;
	}
	const order = (stream: Stream) => (stream.direction === toRight ? 0 : 1);
	const streams = leg.streams.toSorted((a, b) => order(a) - order(b));
	const media = new Set(streams.map((stream) => stream.media));
	return (
		<div className={css.lanes}>
			{streams.map((stream) => (
				<div className={css.lane} data-verdict={stream.verdict} key={stream.id}>
					<div className={css.laneText}>
						{media.size > 1 && <span>{mediaLabel(stream.media)}</span>}
						<strong>
							{mosOf(stream) === null
								? verdictLabel[stream.verdict]
								: `${verdictLabel[stream.verdict]}, MOS ${mos(mosOf(stream))}`}
						</strong>
						{headline(stream).map((part) => (
							<span key={part}>{part}</span>
						))}
					</div>
					<div className={`${css.arrow} ${stream.direction === toRight ? "" : css.left}`} aria-hidden />
				</div>
			))}
		</div>
	);
}
