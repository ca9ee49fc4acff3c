const LIST = `
about above across after again air all along also always and another answer any apple apron arm around ask
attic autumn away baby back bag balcony ball banana basket bath be bean bed bedroom bell below bench best
better bicycle bird birthday biscuit black blanket blind blue board boat book boots both bottle bowl box branch
bread breakfast bright bring broom brother brown bucket build butter button cabinet cake calendar call calm
camera candle car card carpet carry cat ceiling cellar chair charge cheese cherry child chimney chocolate choose
city clean clear clock close cloth cloud coat coffee cold colour comfort cook cool copper corner couch count
cover cream cross cup cupboard curtain cushion dark daughter day dinner dish dog door down draw drawer dress
drink drive dry early earth east easy eat egg empty enough evening every eye face fall family fan far farm fast
father feather fence few field find fire first fish floor flour flower fold follow food fork fresh fridge friend
from fruit full game garage garden gate gentle gift give glass glove gold good grandmother grass green grey guest
hall hammer hand happy hat hear heat heavy help here high hill hold home honey hook hot hour house ice inside
iron island jacket jam jar join juice jump keep kettle key kind kitchen kite knife ladder lake lamp large late
laugh laundry leaf learn left lemon less letter light like line list listen little long look loud lunch make
many map market match meal melon milk mirror moon more morning mother mountain mouse move much music nail name
near neighbour nest never new next night noon north note now number oak oats oil old olive once onion open
orange oven over paint pan paper park path pear pencil pepper picture pie pillow pine place plan plant plate
play pocket porch pot potato pour power quick quiet quilt rain read recipe red rest rice right ring river road
roof room rope rose round rug salt sand saucer school sea season seed shade shelf shirt shoe shower silver
sister slow small smile snow soap sock sofa soft soup south spoon spring square stair star stone story stove
street sugar summer sun sweet table tea tell thank thread time toast today together tomorrow towel town toy
train tree under until up vase very visit voice walk wall warm wash watch water west wheel white wide wind
window winter with wood wool word work write yard year yellow yes young
`

/** Household words: the only text the self-test model writes on its own. No two are alike. */
export const WORDS: readonly string[] = LIST.trim().split(/\s+/)
