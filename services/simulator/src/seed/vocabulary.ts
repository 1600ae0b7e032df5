import type { Category } from "./plan.ts";

/**
 * What headlines are made of. A template's {name} is a word of its category's list of that name, else of COMMON, else
 * one that headlines.ts makes up: {company}, {person}, {n}, {pct}, {year}, {dish}, {ingredient}, {cuisine}.
 */
export interface Vocabulary {
  templates: readonly string[];
  words: Readonly<Record<string, readonly string[]>>;
  tags: readonly string[];
}

const list = (text: string): readonly string[] => text.split(",").map((word) => word.trim());

export const COMMON: Readonly<Record<string, readonly string[]>> = {
  city: list(
    "London, Paris, Berlin, Madrid, Lisbon, Rome, Milan, Vienna, Zurich, Amsterdam, Brussels, Dublin, Copenhagen, Stockholm, Oslo, Helsinki, Warsaw, Prague, Budapest, Athens, Istanbul, Cairo, Nairobi, Lagos, Accra, Cape Town, Dubai, Mumbai, Bangalore, Delhi, Singapore, Bangkok, Hanoi, Jakarta, Manila, Hong Kong, Taipei, Seoul, Tokyo, Osaka, Sydney, Melbourne, Auckland, New York, Boston, Chicago, Austin, Denver, Seattle, Portland, San Francisco, Los Angeles, Toronto, Montreal, Vancouver, Mexico City, Bogotá, Lima, Santiago, Buenos Aires, São Paulo",
  ),
  country: list(
    "France, Germany, Spain, Portugal, Italy, Austria, Switzerland, Belgium, Ireland, Denmark, Sweden, Norway, Finland, Poland, Greece, Turkey, Egypt, Kenya, Nigeria, Ghana, South Africa, India, Singapore, Thailand, Vietnam, Indonesia, South Korea, Japan, Australia, New Zealand, Canada, Mexico, Colombia, Peru, Chile, Argentina, Brazil",
  ),
  season: list("This Spring, This Summer, This Autumn, This Winter, This Weekend, This Year"),
  audience: list(
    "Beginners, Busy Parents, Students, Freelancers, Small Teams, First-Time Managers, People Over 40, Night Owls, Commuters, Remote Workers, Couples, Skeptics",
  ),
};

export const VOCABULARY: Readonly<Record<Category, Vocabulary>> = {
  Tech: {
    templates: [
      "How {company} Moved Its {system} to {technology}",
      "Why {person} Bets on {technology} for {field}",
      "{n} Lessons From Running {technology} in Production",
      "Inside the {city} Startup Rethinking {field} With {technology}",
      "{technology} Is Finally Good Enough for {field}",
      "We Replaced Our {system} With {technology}. Here Is What Broke",
      "{company} Open-Sources the Tool Behind Its {system}",
      "The Quiet Rise of {technology} in {country}",
      "What {technology} Means for {audience}",
      "A Plain Guide to {technology} for {audience}",
      "{company} Cuts Its {system} Costs by {pct}% With {technology}",
      "Regulators in {country} Take a Closer Look at {field}",
      "The Engineers Keeping {city}'s {system} Running",
      "Is {technology} Overhyped? {person} on {field}",
    ],
    words: {
      technology: list(
        "Rust, WebAssembly, Edge Computing, Passkeys, Small Language Models, RISC-V, Event Streaming, Serverless, Vector Search, Quantum Sensors, Solid-State Batteries, On-Device AI, Open Hardware, Digital Twins, Satellite Internet, PostgreSQL, TypeScript, Homomorphic Encryption",
      ),
      field: list(
        "Medical Imaging, Local News, Public Transport, Farming, Cybersecurity, Online Games, Logistics, Schools, Video Editing, Climate Research, Retail, Home Energy, Robotics, Search",
      ),
      system: list(
        "Payments Platform, Data Warehouse, Checkout, Search Index, Mobile App, Billing System, Recommendation Engine, Monitoring, Video Pipeline, Login System, Traffic Network, Power Grid",
      ),
    },
    tags: list(
      "ai, security, startups, cloud, open-source, mobile, hardware, privacy, data, programming, robotics, gadgets",
    ),
  },
  Business: {
    templates: [
      "How {person} Turned {company} Into a Leader in {industry}",
      "{company} Opens a Second Office in {city}",
      "{n} Questions Every {industry} Founder Should Answer Before {event}",
      "Why {industry} Companies Are Leaving {city}",
      "{company} to Merge With {company} in {industry} Deal",
      "The {practice} That Saved a Struggling {industry} Firm From {event}",
      "What {country}'s {industry} Boom Teaches {audience}",
      "Inside {company}'s Bet on {practice}",
      "{practice}: What {n} Managers in {city} Learned",
      "After {event}, {company} Starts Over",
      "{industry} Hiring in {country} Rises {pct}%",
      "{person}: 'We Got {practice} Wrong for {n} Years'",
      "The Case Against {practice}",
      "Family Firms in {country} Rethink {practice}",
    ],
    words: {
      industry: list(
        "Logistics, Retail, Fashion, Construction, Furniture, Biotech, Renewables, Packaging, Shipping, Consulting, Insurance, Advertising, Toy, Coffee, Aviation, Software",
      ),
      practice: list(
        "Four-Day Weeks, Open Salaries, Remote-First Work, Quarterly Planning, Flat Hierarchies, Customer Councils, Employee Ownership, Meeting-Free Fridays, Nearshoring, Subscription Pricing, Repair Programs, Mentoring Schemes",
      ),
      event: list(
        "a Failed Launch, a Hostile Bid, a Recall, Going Public, a Strike, Losing Its Biggest Client, a Supply Shock, a Change of Leadership, the First Layoffs, an Expansion Abroad",
      ),
    },
    tags: list(
      "leadership, strategy, startups, retail, management, hiring, mergers, supply-chain, marketing, workplace, interviews",
    ),
  },
  Finance: {
    templates: [
      "{asset} Slip as {country} Weighs {policy}",
      "What {policy} Means for Your {product}",
      "{n} Mistakes {audience} Make With Their {product}",
      "{asset} Rally {pct}% After {policy} Surprise",
      "How {person} Manages {asset} in a Nervous Market",
      "Should {audience} Hold {asset} in {year}?",
      "The Hidden Fees in Your {product}",
      "{country} Considers {policy} as {asset} Swing",
      "{company} Rethinks Its {product} for {audience}",
      "A Calm Guide to {asset} for {audience}",
      "Why Banks in {city} Are Quietly Buying {asset}",
      "{product} Compared: {n} Offers Worth a Look",
      "The Long View on {asset}, by {person}",
      "Can {policy} Cool {city}'s Housing Market?",
    ],
    words: {
      asset: list(
        "Green Bonds, Government Bonds, Small-Cap Stocks, Dividend Stocks, Gold Miners, Index Funds, Emerging-Market Shares, Bank Shares, Chip Stocks, Commodities, Real-Estate Funds, Junk Bonds, Airline Stocks, Utilities",
      ),
      policy: list(
        "a Rate Cut, a Rate Rise, a Wealth Tax, Pension Reform, a Digital Currency, Tighter Lending Rules, a Stamp Duty Holiday, a Windfall Tax, New Tariffs, a Savings Bonus",
      ),
      product: list(
        "Pension, Mortgage, Savings Account, Credit Card, Travel Insurance, First Budget, Emergency Fund, Investment Plan, Student Loan, Life Insurance",
      ),
    },
    tags: list(
      "markets, investing, savings, pensions, mortgages, banking, taxes, inflation, bonds, stocks, personal-finance",
    ),
  },
  Entertainment: {
    templates: [
      "Review: {person}'s {work} Is {verdict}",
      "{person} on Leaving {genre} Behind",
      "{n} {genre} {kind} to Catch {season}",
      "Why {country}'s {genre} Scene Is {verdict}",
      "The {kind} Everyone in {city} Is Talking About",
      "How {person} Made a Surprise {genre} {work} in {n} Weeks",
      "{city} Festival Puts {genre} Centre Stage",
      "Ranked: The {n} Best {genre} {kind} of {year}",
      "Behind the Scenes of {person}'s {work}",
      "{person} and {person} Team Up for a Surprise {genre} {work}",
      "Is {genre} Having a Comeback? {person} Thinks So",
      "What the Critics Missed About {person}'s {work}",
      "An Oral History of {city}'s {genre} Clubs",
      "{person} Sells Out {city} in {n} Minutes",
    ],
    words: {
      genre: list(
        "Indie Rock, Slow Cinema, True Crime, Afrobeats, Synth Pop, Documentary, Stand-Up, Fantasy, Jazz, Science Fiction, Horror, Chamber Opera, Reality TV, Animation, K-Pop, Folk, Noir, Period Drama",
      ),
      work: list(
        "Debut, Comeback, Series, Second Album, Farewell Tour, Biopic, Mini-Series, Podcast, Stage Show, Remake",
      ),
      kind: list("Films, Albums, Series, Podcasts, Shows, Soundtracks, Games, Live Acts"),
      verdict: list(
        "Worth the Wait, a Glorious Mess, Better Than It Sounds, Hard to Look Away From, Quietly Brilliant, Too Long by Half, the Surprise of the Year, Thriving Again, Louder Than Ever, a Class of Its Own",
      ),
    },
    tags: list(
      "film, music, tv, streaming, reviews, interviews, festivals, celebrities, theatre, games, podcasts",
    ),
  },
  Health: {
    templates: [
      "What {n} Weeks of {habit} Did for {person}",
      "{habit} May Help With {condition}, Study in {country} Finds",
      "The Truth About {habit} and {condition}",
      "{n} Signs Your {body} Needs More Rest",
      "How {audience} Can Start With {habit}",
      "Doctors in {city} Rethink How They Treat {condition}",
      "Is {habit} Safe for {audience}?",
      "Why Your {body} Reacts to {trigger}",
      "{trigger} and {condition}: What We Know in {year}",
      "A Physiotherapist's Advice on {habit}",
      "Living With {condition}: {person}'s Story",
      "{country} Cuts {condition} by {pct}% With a Simple Program",
      "The {n}-Minute Routine for a Stronger {body}",
      "Does {habit} Really Work? {n} Experts Answer",
    ],
    words: {
      habit: list(
        "Cold Showers, Strength Training, Walking Meetings, Breathing Exercises, Intermittent Fasting, Yoga, Early Nights, Swimming, Meditation, Daily Stretching, Cutting Sugar, Screen-Free Evenings, Morning Light, Running",
      ),
      condition: list(
        "Back Pain, Insomnia, Migraine, Burnout, High Blood Pressure, Hay Fever, Anxiety, Tinnitus, Long Covid, Joint Pain, Iron Deficiency, Type 2 Diabetes",
      ),
      body: list("Back, Heart, Gut, Skin, Immune System, Knees, Neck, Eyes, Sleep Rhythm, Core"),
      trigger: list(
        "Late Coffee, Blue Light, Stress, Pollen, Heat Waves, Desk Work, Shift Work, Dry Air, Ultra-Processed Food, Noise",
      ),
    },
    tags: list(
      "sleep, fitness, nutrition, mental-health, research, prevention, family, running, ageing, medicine",
    ),
  },
  Lifestyle: {
    templates: [
      "{n} Ways to Make {room} Feel Bigger",
      "How {person} Furnished {room} Almost for Free",
      "The Art of {pursuit} for {audience}",
      "Why {audience} in {city} Are Taking Up {pursuit}",
      "{pursuit} Taught Me to Slow Down",
      "A Year Without {thing}: What {person} Learned",
      "What to Wear to {occasion} {season}",
      "{room} Before and After: a Flat in {city} Transformed",
      "The {n} {thing} Rules {audience} Swear By",
      "How to Host {occasion} Without Losing Your Mind",
      "Letting Go of {thing}: a Guide for {audience}",
      "At Home With {person} in {city}",
      "{pursuit} Is the New {pursuit}",
      "The Secondhand Shops of {city} Worth a Detour",
    ],
    words: {
      room: list(
        "a Small Kitchen, a Studio Flat, a Dark Hallway, the Balcony, a Shared Bedroom, the Home Office, a Rented Bathroom, the Attic",
      ),
      pursuit: list(
        "Pottery, Slow Mornings, Bookbinding, Urban Gardening, Film Photography, Letter Writing, Mending, Birdwatching, Open-Water Swimming, Chess, Knitting, Minimalism, Sketching, Beekeeping",
      ),
      thing: list(
        "Fast Fashion, a Car, Social Media, Clutter, Single-Use Plastic, Alarm Clocks, Paper, New Clothes, Small Talk, Television",
      ),
      occasion: list(
        "a Garden Wedding, Dinner for Eight, a Housewarming, the Office Party, a Picnic, a Family Reunion, Brunch, a Book Club",
      ),
    },
    tags: list(
      "home, style, relationships, hobbies, design, sustainability, parenting, books, gardening, minimalism",
    ),
  },
  Food: {
    templates: [
      "The Only {dish} Recipe You Need {season}",
      "{n} Things to Do With Leftover {ingredient}",
      "How {city} Fell in Love With {cuisine} Food",
      "{person}'s {dish}, Made Simple",
      "Why {ingredient} Tastes Better in {country}",
      "{dish} in {n} Minutes",
      "A Proper {cuisine} Dinner for {audience}",
      "The Best {cuisine} Tables in {city} {season}",
      "We Tried {n} Brands of {ingredient}. One Stood Out",
      "{technique} {ingredient}: the Method Chefs in {city} Use",
      "From {country} With Love: {dish}",
      "The Baker Bringing {ingredient} Back to {city}",
      "{technique} at Home, Explained by {person}",
      "What to Drink With {dish}",
    ],
    words: {
      technique: list(
        "Slow-Roasting, Fermenting, Grilling, Poaching, Pickling, Smoking, Braising, Charring, Steaming, Dry-Aging, Curing, Blanching",
      ),
    },
    tags: list(
      "recipes, restaurants, baking, vegetarian, wine, quick-meals, seasonal, street-food, chefs, desserts",
    ),
  },
  Travel: {
    templates: [
      "{n} Days in {city}: a {style} Itinerary",
      "{city} on a Budget: {n} Places Locals Love",
      "Why {country} Is the {style} Trip of {year}",
      "By {transport} From {city} to {city}",
      "The Quiet Side of {city}",
      "{country} for {audience}: What to Know Before You Go",
      "We Stayed at {n} {lodging} in {country}. This Is the Best",
      "{city} With {audience} in Mind",
      "How to Cross {country} by {transport}",
      "The {lodging} Worth Leaving {city} For",
      "A {style} Weekend in {city}",
      "What I Learned From {n} Weeks of {transport} Travel in {country}",
      "{person}'s {city}: Where a Local Eats, Walks and Rests",
      "{season}: {n} Reasons to Choose {country} Over {country}",
    ],
    words: {
      transport: list("Night Train, Bicycle, Ferry, Bus, Electric Car, Campervan, Rail, Canal Boat"),
      style: list(
        "Slow, Car-Free, Family, Winter, Solo, Foodie, Museum Lover's, Hiking, Last-Minute, Low-Season",
      ),
      lodging: list(
        "Guesthouses, Mountain Huts, Design Hotels, Farm Stays, Eco Lodges, Beach Cabins, Hostels, Riverside Inns",
      ),
    },
    tags: list(
      "city-breaks, hiking, trains, budget, hotels, islands, road-trips, food-tours, museums, solo-travel",
    ),
  },
};
