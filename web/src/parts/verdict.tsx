import type { Dialect, Verdict } from "../api/client";
import { verdictLabel } from "../format/call";
import { mos, none, satisfaction } from "../format/number";
import css from "./verdict.module.css";

/** VerdictPill tells a verdict by word, colour and form, so that no reader depends on one of them. */
export function VerdictPill({ verdict }: { verdict: Verdict }) {
	return (
		<span className={`${css.pill} ${css[verdict]}`}>
			<span className={css.dot} aria-hidden />
			{verdictLabel[verdict]}
		</span>
	);
}

/** Below this mean opinion score many users are dissatisfied (ITU-T G.107 table B.1). */
const lowMos = 3.6;

export function Mos({ value }: { value: number | null }) {
	if (value === null) return <span title="Nobody measured it">{none}</span>;
	return (
		<span className={css.mos} title={`Mean opinion score ${mos(value)}: ${satisfaction(value)}`}>
			{mos(value)}
			<span className={css.scale} aria-hidden>
				<span className={value < lowMos ? css.low : ""} style={{ width: `${((value - 1) / 3.5) * 100}%` }} />
			</span>
		</span>
	);
}

/** DialectBadge tells which of the two worlds a client is from. */
export function DialectBadge({ dialect }: { dialect: Dialect | null }) {
	if (dialect === null) return null;
	return dialect === "lync" ? (
		<span className={`${css.dialect} ${css.lync}`} title="Speaks the Lync dialect of SIP">
			Lync
		</span>
	) : (
		<span className={css.dialect} title="Speaks standard SIP">
			SIP
		</span>
	);
}
