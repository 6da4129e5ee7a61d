import { RatingDisplay } from "@fluentui/react-components";
import type { Schema } from "../api/client";
import { Card } from "../parts/card";
import table from "../parts/table.module.css";
import css from "./call.module.css";

/** Ratings are what the users themselves said of the call. */
export function Ratings({ ratings }: { ratings: Schema["Rating"][] }) {
	return (
		<Card title="Users' ratings">
			{ratings.map((rating) => (
				<div className={css.rating} key={rating.user}>
					<div className={css.facts}>
						<span>{rating.user}</span>
						<RatingDisplay value={rating.stars} aria-label={`${rating.stars} of 5 stars`} />
					</div>
					{rating.text && <p>“{rating.text}”</p>}
					{rating.tokens.length > 0 && <p className={table.quiet}>{rating.tokens.map(words).join(", ")}</p>}
				</div>
			))}
		</Card>
	);
}

/** words spells a token such as DistortedSpeech out. */
function words(token: string): string {
	return token.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
