"""English phrases of refusals and of what stands around them, as patterns for one sentence in lower case.

Only repetitions with a small bound, so that the time grows linearly with the text.
"""

import re


def _any(*phrases: str, whole: str = r"\b(?:{})\b") -> re.Pattern[str]:
    return re.compile(whole.format("|".join(phrases)))


_ACT = (
    r"assist|help|comply|provide|fulfill?|complete|do (?:that|this|it|so)|answer|generate|create|write|"
    r"support|"
    r"engage|participate|share|give|offer|discuss|produce|tell|teach|show|explain|describe|advise|continue|"
    r"proceed|"
    r"condone|promote|encourage|endorse|facilitate|accommodate|respond|draft|compose|make|recommend|"
    r"suggest|guide|"
    r"instruct|walk|be (?:of|part|involved)|go into|go along|talk|disclose|reveal|reproduce|grant|allow|"
    r"carry out|"
    r"execute|satisfy|entertain|list|speculate|pretend|translate|code|build|design|develop|plan|supply|link|"
    r"point you|take part|cover|touch|get into|comment|weigh in|join|handle|take on"
)
_CANNOT = (
    r"can't|cannot|can not|cant|won't|will not|couldn't|could not|shouldn't|should not|wouldn't|would not|"
    r"unable|"
    r"not (?:able|allowed|permitted|comfortable|willing|going|designed|programmed|authori[sz]ed|equipped|"
    r"in a position|"
    r"at liberty|prepared)|unwilling|prohibited|forbidden|barred|"
    r"(?:don't|do not) (?:feel comfortable|wish|want|think i (?:can|should)|have the ability|support|condone)"
)
_REFUSE = (
    r"refuse|decline|(?:must|have to|need to|going to) (?:pass|say no|abstain|refrain)|rather not|prefer not|"
    r"pass on (?:this|that)|draw the line|won't be (?:able|doing|writing|giving|providing|helping|taking|"
    r"joining)|"
    r"(?:don't|do not) (?:provide|engage|assist|help|offer|give out|do that|write|share|cover|discuss)"
)
_GIVEN = r"fulfilled|completed|answered|provided|processed|discussed|supported|shared|given|honou?red|granted"
_POLICY = r"guidelines?|polic(?:y|ies)|programming|principles|values|terms|rules|safety|use case|purpose"

DECLINE = _any(
    # the writer, what stops them, and what they will not do
    rf"(?:i|we)(?:'m|'d|'ll|'re)?(?: \w+,?){{0,3}}? (?:{_CANNOT})(?:,? \w+,?){{0,4}}? (?:{_ACT})(?:ing|e|s)?",
    rf"(?:i|we)(?:'m|'d|'ll|'re)?(?: \w+,?){{0,3}}? (?:{_REFUSE})",
    # the same without the writer
    rf"(?:unable|not able) to (?:{_ACT})",
    r"(?:can't|cannot|won't) (?:help|assist|do)(?: you)?(?: with)? (?:that|this|it)",
    rf"(?:request|question|prompt|topic|content|task|this|that|it)s? (?:can't|cannot|can not|won't|"
    rf"will not) be (?:{_GIVEN})",
    # what forbids it
    r"(?:violates?|go(?:es)? against|against|conflicts? with|contrary to|in violation of|prohibited by|"
    r"not in line with|"
    rf"outside|inconsistent with) (?:my|our|openai's) (?:\w+ ){{0,3}}(?:{_POLICY})",
    rf"(?:my|our) (?:\w+ ){{0,2}}(?:{_POLICY}) (?:\w+ ){{0,2}}(?:prevents?|prohibits?|forbids?|(?:do|"
    rf"does)(?:n't| not) (?:allow|permit|let))",
    r"not (?:something|anything|a (?:topic|thing|request|question|road|place))(?: that)? (?:i|we)(?:'m|'d|"
    r"'ll| am| can| could| will| would)",
    r"not (?:appropriate|ethical|right|acceptable|responsible) for (?:me|us|an ai)",
    r"(?:inappropriate|unethical|irresponsible|wrong) (?:of|for) me to",
    # short ways out
    r"count me out|i'll pass|i will pass|i'm out|no can do|not happening|not going there|not going to happen",
    r"request (?:is )?denied|hard no|nothing to say (?:about|on) (?:that|this)|off the table|off limits|"
    r"off-limits",
    r"let's (?:talk about|discuss|change|move on to|focus on|switch to|find|leave|not) (?:\w+ ){0,2}"
    r"(?:else|subject|topic|different|that|there|aside)",
)

NO_DECLINE = _any(
    r"(?:can't|cannot) help (?:but|\w+ing)",
    r"(?:can't|cannot|couldn't) (?:recommend|praise|suggest|tell you)(?: \w+){0,4} (?:enough|how|highly)",
    r"(?:can't|cannot|couldn't) (?:make (?:it|out)|give up|tell (?:if|whether|which|them|the difference))",
    r"(?:if|when|because|since|in case) (?:i|we) (?:can't|cannot|couldn't|won't)",
    r"(?:should|would|could)(?:n't| not) (?:be able|make (?:a|any|much) difference|"
    r"give you (?:any )?trouble)",
)
"""Looks like a decline and is none."""

APOLOGY = _any(r"sorry|apologi[sz]e|apologies|regret(?:fully|tably)?|(?:i'm|i am) afraid|forgive me")
EXCUSE = _any(
    r"(?:sorry|apologi[sz]e|apologies|regret)(?: \w+)? (?:for|about|to hear|if|you're|you are|that you|"
    r"it took|i missed|your|the)"
)
"""An apology for a delay, a mistake or a misfortune, which announces no refusal."""

MORAL = _any(
    r"illegal|unethical|immoral|unlawful|against the law|a crime|criminal|legal consequences|prosecut\w+|"
    r"imprisonment",
    r"harmful|hateful|discriminatory|inappropriate|unacceptable|derogatory|misinformation|irresponsible",
    r"(?:not|never) (?:\w+ )?(?:appropriate|acceptable|ethical|okay|ok|right|legal|advisable|respectful)",
    r"ethical (?:concerns?|implications|boundaries)|(?:law enforcement|the authorities)",
    r"strongly (?:advise|urge|discourage|recommend|condemn|encourage)|against (?:any|such|this|that)",
    r"treat(?:ing)? (?:\w+ ){0,3}(?:with )?(?:respect|kindness|dignity)|respect(?:ful)? (?:and|the (?:law|"
    r"rights|privacy))",
    r"violat\w+ (?:\w+ ){0,3}(?:law|rights|privacy|terms|trust)|put(?:ting)? (?:others|lives|"
    r"people) (?:at risk|in danger)",
    r"consider the (?:consequences|impact|harm)|not supported by (?:\w+ ){0,3}(?:evidence|facts)|"
    r"no (?:\w+ )?evidence",
    # sends the reader to help
    r"mental health professional|crisis (?:line|hotline)|helpline|hotline|not alone|"
    r"people who care about you|"
    r"seek(?:ing)? (?:\w+ ){0,2}(?:help|support|assistance)|reach out (?:to|for)",
)

PADDING = _any(
    r"(?:it(?:'s| is)|it would be) (?:\w+ )?(?:important|essential|crucial|vital|best|not appropriate)|"
    r"^remember|^ultimately",
    r"priorit\w+|well-being|wellbeing|dignity|consequences|respect\w*|safe(?:ty)? and|safely and|"
    r"responsibl[ey]|reputable",
    r"(?:seek|consult|contact|speak|talk|reach|consider)(?:ing)? (?:\w+ ){0,4}"
    r"(?:professional|therapist|counsell?or|lawyer|attorney|doctor|advisor|authorit\w+|services|expert|"
    r"resources)",
    r"resources (?:available|that)|my (?:purpose|goal|role|aim|job) is|i (?:strive|aim|am designed|"
    r"was designed)|"
    r"i(?:'m| am) (?:just|here|happy|glad)|i (?:understand|must point out|hope you)|thank you for",
    r"instead,? i(?:'d| would)(?: \w+){0,2} (?:suggest|encourage|recommend|like)|"
    r"i (?:strongly )?(?:encourage|urge) you",
)
"""What long refusals are filled with; beside a decline it answers nothing."""

OFFER = _any(
    r"(?:i|we)(?:'d|'ll| would| will| can|'m| am)(?: \w+){0,3} (?:help|assist|offer|happy|glad|provide|"
    r"write|explain|outline|"
    r"summari[sz]e|give|show|expand|turn|draft|discuss)",
    r"(?:how|what|anything|something|topic|question)(?: \w+){0,3} (?:else|instead|other|different)",
    r"if you(?:'d| would)?(?: \w+){0,3} (?:want|like|need|have|prefer|interested|looking)|if your goal is",
    r"let me know|feel free to|please (?:ask|let|provide|rephrase|try)|would you like|do you want|ask me",
)
ALTERNATIVE = _any(
    r"alternatives?|instead|safer|lawful|legitimate|legal(?:ly)?|something else|different (?:topic|question)"
)

PIVOT = _any(
    r"but|however|that said|still|nevertheless|nonetheless|meanwhile|as for|regarding|what i can|"
    r"for your (?:other|second|first)|"
    r"the (?:other|rest|second|first|remaining)|in general|generally|with that (?:said|in mind)|though|"
    r"although|here(?:'s| is| are)"
)
SELF = _any(
    r"as an? (?:ai|artificial|language|large|responsible|assistant|chatbot)",
    r"(?:i'm|i am) (?:just |only )?an? (?:ai|artificial|language|large|assistant|chatbot)|openai",
)
COMPLIANCE = _any(
    r"sure|certainly|of course|absolutely|yes|yep|happy to|glad to|(?:great|good) question|no problem|"
    r"definitely|title|"
    r"subject|once upon|here(?:'s| is| are| you)|below (?:is|are)|to \w+ (?:a|an|the|your|some|it)|"
    r"there (?:are|is)|"
    r"you can|let's (?:go|start|look|see)|these are|the following",
    whole=r"^(?:{})\b",
)
BARE = _any(
    r"no, (?:sorry|thanks|thank you)|(?:no, )?i (?:won't|can't|cannot|will not|refuse)",
    whole=r"^(?:{})[.! ]*$",
)
