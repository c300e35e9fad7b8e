package definitions

import "embed"

// FS holds every .ice file that ships, rooted so that its paths are those of
// an include: "omero/API.ice", "Glacier2/Router.ice".
//
//go:embed Ice/*.ice Glacier2/*.ice IceGrid/*.ice IceStorm/*.ice omero/*.ice omero/*/*.ice
var FS embed.FS
